"""In by Excel: one mechanism that every app hangs its sheets on.

    limits → reading (child process) → recognise → check → [the user confirms] → save

`limits`, `reading` and `cells` know no Django; `sheets` holds the registry of sheet specifications, which apps above
extend from `AppConfig.ready`; `check` compares rows with what is registered and writes nothing.
"""
