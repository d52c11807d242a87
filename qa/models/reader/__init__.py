"""The extractive reader's weights and the scripts that make them, named by step.

``data`` public sets → examples · ``negatives`` questions made unanswerable · ``features`` examples → rows ·
``model`` the network · ``train`` · ``evaluate`` · ``export`` to int8 ONNX. ``model``, ``train``, ``export``
need PyTorch and onnx (extra ``train``); the library imports nothing from here.
"""
