"""The checks of single records against the law: limits, results and their grounds, fees, disputes.

The rules (checks/rules.yaml) and the limits of the law (law.yaml) are data. A check yields one finding for each record
and raises nothing; a finding contains no personal names and no confidential data.
"""
