"""Looking after an installation: backup, restore, and a doctor that says what is wrong and what to do."""
