"""Who people are and how they prove it: accounts, passwords, sessions and API keys. What they may read is the policy's to say."""
