"""Polls: a room votes, or a link is answered between two days, and only counts remain.

A question goes hidden -> open -> closed -> shown. While it is open each vote is a ballot, sealed to a key that exists
only in the key folder and found by the hash of a random number that only the phone's page holds, so that it can be
changed. Closing opens the ballots together if there are at least `model.FLOOR`, makes counts and waiting texts of them
in one transaction, and destroys the key. Fewer stay sealed, and wait for more or for the end, which destroys them
unread. So no count is ever of fewer than five votes, not in the database either, nor the difference between two counts.

Who does what:

    model      what a poll, a question asked, a result are, as values
    holding    starting a poll, live or by link; finding it; which there have been
    leading    opening, skipping, showing and hiding a question; hand counts. Take a connection, commit nothing
    closing    closing a question and ending a poll. Take the installation and commit, since the key goes afterwards
    voting     the phone's side: joining, voting, what became of a vote
    texts      own words before they are projected: approve, hide, merge
    results    how the questions stand (numbers of votes), what they came to (counts), and the same asked before
    live       what a whole room may know, for all live polls at once: prepared answers are made of it

A facilitator's page is a few of these; that the poll is one's own is held by the gate (`poll_id` in an address).
"""
