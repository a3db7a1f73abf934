"""Taking data in: how a load lies in the bucket, and how a database's tables get there."""
