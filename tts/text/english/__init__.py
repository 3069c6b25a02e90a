"""English: numbers, dates, money, abbreviations, homographs."""
