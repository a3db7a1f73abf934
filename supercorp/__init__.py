"""SuperCorp, a company whose truth is known: who visits its shop, what comes of it, and all its systems.

People come, look, register, buy and return (``crowd``); what they do is in the shop's database
(``application``), in the event stream (``events``), at the warehouse and the vendors (``office``), in the
exports of other systems (``exports``). What was planted, and how large it is, is said in ``truth``.

The lake built for it never imports this package: it meets the company only through a database URL
and the bucket, as it would meet a real one.
"""
