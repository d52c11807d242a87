"""The bundled weights, their model cards, and the scripts that made them."""
