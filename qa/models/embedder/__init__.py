"""all-MiniLM-L6-v2 as int8 ONNX, and how it was made."""
