"""What operations set up for DingTalk, and what passed between it and us."""
