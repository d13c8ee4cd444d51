"""What a good frame looks like: fields, types, keys and checks of each Gainsight object."""
