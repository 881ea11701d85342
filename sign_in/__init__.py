"""Who asks: a person whom the organisation's identity provider vouches for, or the account of this machine. Not what they may see."""
