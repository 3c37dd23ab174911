//! Hosts with several issuers that are set up wrongly.
