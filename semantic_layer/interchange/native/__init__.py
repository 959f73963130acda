"""Our own definitions, written: a model as the mappings that the readers of `semantic_layer.model` take, and as YAML files."""
