"""Pictures of a report's figures: every number in them is a cell of a table.

What is shown is chosen here and described as Vega-Lite, which JupyterLab draws; the exporters turn it into SVG.
"""
