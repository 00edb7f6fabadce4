"""What a stored password costs somebody who guesses."""

from __future__ import annotations

import argon2

from gktools.review import passwords

ASKED = passwords._hasher
"""What makes the hashes of users, before the tests of review take a quicker one."""


def test_a_password_is_hashed_by_argon2id_at_no_less_than_the_second_recommendation_of_rfc_9106(monkeypatch):
    monkeypatch.setattr(passwords, "_hasher", ASKED)
    found = argon2.extract_parameters(passwords.hash_password("good horse 2024"))

    assert (found.type, found.salt_len >= 16, found.hash_len >= 32) == (argon2.Type.ID, True, True)
    assert (found.time_cost >= 3, found.memory_cost >= 64 * 1024) == (True, True)
