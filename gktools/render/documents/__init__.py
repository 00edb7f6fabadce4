"""A finished report as documents and data: Word, PDF, spreadsheet, page for pasting, CSV, data package."""
