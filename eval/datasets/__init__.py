"""Questions with answers, references and passages, in the forms that ragas and others keep them."""
