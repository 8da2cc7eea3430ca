"""What export_model.py does, library by library."""
