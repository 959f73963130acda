"""The door for other agents: the Model Context Protocol, over HTTP and over pipes. The only home of the package `mcp`."""
