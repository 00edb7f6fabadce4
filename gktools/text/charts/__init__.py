"""Charts of a report's figures: every number in them is a cell of a table.

A chart is described here as Vega-Lite, which JupyterLab draws; the exporters convert it to SVG.
"""
