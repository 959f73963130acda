"""Reading the demo company's exports back into clean tables: one module a system, composed by `retail.load`."""
