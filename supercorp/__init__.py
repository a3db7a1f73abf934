"""SuperCorp, a company whose truth is known: its shop's database, its shoppers, its dirt.

The lake built for it never imports this package: it meets the company only through a database URL
and the bucket, as it would meet a real one.
"""
