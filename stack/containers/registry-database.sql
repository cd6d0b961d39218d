-- Run once by the image when the database is new. The local stack does the same in stack/parts/registry.ts.
create role registry login password 'registry';
create database registry owner registry;
