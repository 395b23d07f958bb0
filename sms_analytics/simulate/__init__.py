"""Raw logs whose truth is known: invented messages through five kinds of feeds, as their gateways would have logged them.

The sample data in `data/sample/` was made, in an empty folder, by

    sms-analytics simulate --messages 6000 --seed 2026 --out data/sample

or from Python by `simulate(6000, 2026, Path("data/sample"))`. The same number of messages and seed give the same files, byte for byte; there
is no clock and no network involved. The period begins on 2026-09-28, Norwegian time, and its fourth week ends with the change to winter time.

What is in `logs/`: `kannel/` (three connections to the Norwegian operators), `jasmin/` (abroad; one connection writes receipts' ids in decimal,
the other in capitals without leading zeros), `front/` (a customer's own logs), `table/` (two customers' lists from the portal) and `smpp/` (a
feed that knows receipts only). `truth.csv` has one row per message: its story, and the outcome that an honest reader of the logs must come to.
"""
