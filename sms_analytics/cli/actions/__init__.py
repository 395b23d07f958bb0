"""What a command does once its arguments are known, in the module of the same name as in `commands`."""
