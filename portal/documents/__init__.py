"""Paper: a frozen sheet of exactly what is printed goes in, the bytes of a PDF come out."""
