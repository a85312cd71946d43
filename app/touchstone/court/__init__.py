"""Taking part in the court: evidence, sealed votes, what is due, automated and practice reviewers."""
