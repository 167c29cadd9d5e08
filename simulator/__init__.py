"""The two agencies as Kafka clients, and the reconstructed year.

Where what is: the printed figures and the numbers chosen to fit them in `printed` and `data`; how
often what happens besides in `rates`; who is in the year in `cast` (part 1) and `refusals` (part
2); what they write in `rehabilitation`, `interventions`, `closings`, `transition` and `sgi`; what
goes wrong in `changes`, `disorder`, `troubled` and `wrong`. What happened is booked in `ledger`,
and every table is computed from it: `books` says where. Something new in a history needs its rate,
its message in one of the story modules and, if a table counts it, its entry in the ledger.
"""
