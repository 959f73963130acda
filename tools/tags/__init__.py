"""Tags as people work with them: where each comes from, which definitions disagree, how one is published and undone."""
