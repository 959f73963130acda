"""The dialogue about what is not defined: name the gap, offer definitions from data that is there, publish one as a tag."""
