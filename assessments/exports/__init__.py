"""Files for people: the public notice, the directory and the list of plaques as PDF and Word."""
