"""Cases: one named person's way from a referral to the follow-up, and who may read how much of it.

Everything here is about somebody in a hard situation. What names the person is encrypted with a key of the case
(`survey.vault`, `survey.keys`); what must be counted or waited for stands beside it in codes, days and moments; every
reading and every change is a row of `survey.audit`. A case is read in one place only, `access`, which asks the consents
as they stand at that moment.

drafts           a referral that is not sent yet, which only its code opens
intake           *Skicka*: a case made whole in one transaction, or not at all
consent          what has been said yes and no to, by events that never change; how it stands now
ended            which have ended, noted outside the database for the day it is restored
wordings         the texts as they were shown, and which languages are approved
withdrawal       taken back by the person, with the reference and the code
access           reading a case: consent asked, questions filtered, told in the audit chain
documents        writing one: versions appended, never changed
leading          taking, booking, meeting, following up, closing; each deed an event
managing         the case manager: offered, accepted, ended
tasks, steps     what is to be done, and what comes first
parties, settings   what a team decides about itself
"""
