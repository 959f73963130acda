"""What a campaign did: groups, outcomes, intervals and one honest sentence."""
