-- Up Migration

-- What is deleted because of its age is found by its end, not by reading all that is kept; a changed key and the deletion
-- of a person find the enrolments of one learner.
create index held_closed on held (closed_at) where closed_at is not null;
create index enrolment_ended on enrolment (ended_at) where state <> 'open';
create index enrolment_ident on enrolment (ident, vendor);
