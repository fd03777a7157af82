"""The command. One file per verb; `words.py` holds what it says, `main.py` the way in."""
