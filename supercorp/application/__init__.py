"""What the company's application writes into its database, and when."""
