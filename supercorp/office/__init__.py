"""Behind the shop: vendors, the planner who buys from them, the warehouse, and what is billed and paid."""
