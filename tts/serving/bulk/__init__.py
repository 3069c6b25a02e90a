"""Bulk synthesis of many texts into many files: resumable, in processes of one computer or on a Ray cluster."""
