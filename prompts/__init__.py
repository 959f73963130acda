"""Texts for language models, one Markdown file per purpose. The offline interpreter needs none, so there is none yet."""
