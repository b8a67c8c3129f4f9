"""What is no crack but looks like one."""
