"""Our statements beside those of two other semantic layers from PyPI: `metricflow` and `boring-semantic-layer`."""
