"""The registers against the law, record by record: limits, results and their reasons, fees, disputes.

Every rule is data (checks/rules.yaml), every bound too (law.yaml). A check yields findings, one a record, and never
raises; no name and nothing confidential stands in a finding.
"""
