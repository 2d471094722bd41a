"""Pages of the quarterly return: the list, the form with its live panel, the check page, the review, the history, Excel."""
