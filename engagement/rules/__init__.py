"""Pure functions over the records of this app: when places are open, what falls into which slot, what looks wrong."""
