"""Files from outside: one way in for photos, PDF and Word documents, whose checks workbooks share.

    name → size → kind by content → what the container promises → child process → virus scanner → store by SHA-256

`refusal`, `names`, `kinds`, `packages` and what runs in the child (`examine`, `pictures`, `pdfs`, `word`) know no Django.
"""
