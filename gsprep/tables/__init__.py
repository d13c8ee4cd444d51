"""Files to frames of text and back: CSV, TSV, XLSX and Parquet."""
