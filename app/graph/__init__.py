"""The citation graph for readers and editors: who rests on whom, how far primary sources are, what goes round."""
