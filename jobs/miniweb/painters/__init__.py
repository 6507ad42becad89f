"""The painters of the mini-web's pictures, a file for each kind of subject."""
