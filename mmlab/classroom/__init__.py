"""Teaching with the workbook: what is handed out, and how it is graded. Nothing here is needed to read it."""
