"""How the shipped models were made and measured. Not installed with the application; `make train` runs it."""
