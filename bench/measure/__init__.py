"""What the scripts of bench/ share: processes, systems, load, tables, charts. Python 3.9, standard library only."""
