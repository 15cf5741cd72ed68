"""Small real models, trained on data that installs with scikit-learn."""
