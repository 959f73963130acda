"""What people taught: reviewed questions with their plans, feedback, the queue of a reviewer, and what could not be served."""
