"""Many texts into many files: resumable, by processes of one computer or by Ray on many."""
