"""The generated nation: lives first, then what was bought for them, then the truth."""
